"""What exactness and commitments cost, in ratios."""
