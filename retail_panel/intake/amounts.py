"""What a line is worth: its amount, list amount and quantity, from whichever of its columns the source has."""

from dataclasses import dataclass

import numpy as np

from retail_panel.intake.money import product_as_money
from retail_panel.intake.numbers import READ, STATUS_WORDS, TOO_LARGE


@dataclass
class Worth:
    """Values of the lines of a block, signed as in the source.

    `amount` and `list_amount` are int64 ten-thousandths (list_amount is 0 where not `has_list`), `quantity` float64
    (NaN where not read), `zero_price` and `negative_price` bool.
    """

    amount: np.ndarray
    list_amount: np.ndarray
    has_list: np.ndarray
    quantity: np.ndarray
    zero_price: np.ndarray
    negative_price: np.ndarray


def worth(columns, faults):
    """Work out what the lines of a block are worth.

    Parameters
    ----------
    columns : Columns
    faults : Faults
        Told of each row whose amount cannot be known.

    Returns
    -------
    Worth
    """
    roles, size = columns.plan.roles, columns.size
    quantity = columns.numbers("quantity")
    price = columns.numbers("price")
    priced = (quantity.status == READ) & (price.status == READ)
    amount = np.zeros(size, np.int64)
    read = np.zeros(size, bool)
    if "amount" in roles:
        given = columns.numbers("amount")
        read = given.status == READ
        amount = given.as_money()
    if "price" in roles and "quantity" in roles:
        product, large = product_as_money(price, quantity)
        discount = columns.numbers("discount").as_money()
        open_ = ~read if "amount" not in roles else ~columns.coded("amount").present
        use = open_ & priced & ~large
        amount = np.where(use, product - np.sign(product) * np.abs(discount), amount)
        faults.add(open_ & priced & large, f"amount {STATUS_WORDS[TOO_LARGE]}", roles["price"])
        read |= use
    _blame(columns, faults, read)
    list_amount, has_list = _list_amount(columns, amount, price, quantity, priced)
    zero = np.where(price.status == READ, price.mantissa == 0, amount == 0)
    negative = (price.status == READ) & (price.mantissa < 0)
    return Worth(amount, list_amount, has_list, quantity.as_float(), zero, negative)


def _blame(columns, faults, read):
    """Say of each row without an amount which column is at fault."""
    roles = columns.plan.roles
    names = ("amount",) if "amount" in roles else ("quantity", "price")
    for name in names:
        faults.add_status(
            np.where(read, READ, columns.numbers(name).status),
            columns.coded(name).present | read,
            STATUS_WORDS,
            name,
            roles[name],
        )


def _list_amount(columns, amount, price, quantity, priced):
    roles, none = columns.plan.roles, np.zeros(columns.size, np.int64)
    if "list_amount" in roles:
        given = columns.numbers("list_amount")
        return given.as_money(), given.status == READ
    if "list_price" in roles and "quantity" in roles:
        listed = columns.numbers("list_price")
        product, large = product_as_money(listed, quantity)
        product = np.where(np.abs(product) > np.abs(amount), product, amount)
        return product, (listed.status == READ) & (quantity.status == READ) & ~large & (listed.mantissa > 0)
    if "discount" in roles:
        discount = columns.numbers("discount")
        return amount + np.where(amount < 0, -1, 1) * np.abs(discount.as_money()), discount.status == READ
    return none, np.zeros(columns.size, bool)
