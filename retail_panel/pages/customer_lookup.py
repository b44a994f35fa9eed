"""From a customer's id, as the source has it, to the key that order lines carry."""


def customer_key(asking, who):
    """Return the key of the customer of an id who has a line in scope; None where there is nobody.

    Parameters
    ----------
    asking : Asking
        What to ask with.
    who : str
        The whole id, upper and lower case told apart.
    """
    customers = asking.store.customers
    own = customers.filter(customers.customer_id == who).select("customer_key")
    found = asking.ask(own.semi_join(asking.scope_lines, "customer_key"))["customer_key"].to_pylist()
    return found[0] if found else None
