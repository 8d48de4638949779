"""Which lines and branches of the contracts their tests reach: `make coverage`."""
