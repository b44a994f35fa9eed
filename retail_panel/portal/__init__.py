"""Inside a portal: who the visitor is, which rows and rights are theirs, how they log in, and what they did."""
