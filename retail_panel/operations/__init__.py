"""Running the shops: stock, and what customers say of it."""
