"""What a simulation has sent, to compare a store with."""

from dataclasses import asdict, dataclass
from decimal import Decimal


@dataclass
class Ledger:
    """Counts of what was sent.

    Attributes
    ----------
    lines : int
        Sound lines, each counted once however often it was delivered.
    repeated : int
        Deliveries of a line beyond its first.
    bad : int
        Messages that nobody can read.
    late : int
        Orders with a time of up to half an hour before they were sent.
    amount : Decimal
        Sum of the lines' amounts as they count: a return is taken off.
    """

    lines: int = 0
    repeated: int = 0
    bad: int = 0
    late: int = 0
    amount: Decimal = Decimal(0)

    def figures(self):
        """Return the counts as plain numbers, for JSON."""
        return {**asdict(self), "amount": float(self.amount)}
