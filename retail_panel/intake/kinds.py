"""Sale, discount or return: from the source's own word, its order ids, the sign and the list price."""

import numpy as np
import pyarrow.compute as pc

from retail_panel.intake.synonyms import KIND_WORDS
from retail_panel.schema import KINDS

FULL_PRICE, DISCOUNT, RETURN = range(3)
UNKNOWN = -1
_WORDS = {word: KINDS.index(kind) for kind, words in KIND_WORDS.items() for word in words}


def named_kinds(columns):
    """Return the kind each row names, int8 per row; UNKNOWN where none or not a known word."""
    coded = columns.coded("kind")
    words = [_WORDS.get(text.lower(), UNKNOWN) for text in coded.texts.to_pylist()]
    return coded.spread(np.array(words, np.int8), UNKNOWN)


def letter_rows(columns, letter):
    """Tell which rows have an order id of one letter and digits, such as C536379."""
    coded = columns.coded("order_id")
    return coded.spread(np.asarray(pc.match_substring_regex(coded.texts, f"^[{letter}{letter.lower()}][0-9]+$")), False)


def decide_kinds(columns, amount, list_amount):
    """Decide what each row is.

    Parameters
    ----------
    columns : Columns
    amount, list_amount : ndarray of int64
        As the source signs them; list_amount 0 where it has none.

    Returns
    -------
    tuple of (ndarray of int8, ndarray of bool)
        Index into ``schema.KINDS``, and which rows are adjustments.
    """
    kinds = named_kinds(columns)
    adjustment = np.zeros(len(amount), bool)
    if columns.plan.invoice_letters:
        kinds = np.where(letter_rows(columns, "C"), RETURN, kinds)
        adjustment = letter_rows(columns, "A")
    by_sign = np.where(
        (amount < 0) & ~adjustment, RETURN, np.where(np.abs(list_amount) > np.abs(amount), DISCOUNT, FULL_PRICE)
    )
    return np.where(kinds == UNKNOWN, by_sign, kinds).astype(np.int8), adjustment
