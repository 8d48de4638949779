"""Models as programs: what a network computes, and how it is trained or asked."""
