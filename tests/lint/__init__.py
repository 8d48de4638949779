"""What a contract must not do, beyond what compiler, formatter and linter say: `make lint`."""
