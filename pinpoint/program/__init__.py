"""Programs: one training step as a graph of operators. See docs/design.md, sections 3 and 5."""
