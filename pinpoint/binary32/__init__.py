"""binary32 arithmetic as the protocol defines it (docs/design.md, section 4).

`reference` is exact, scalar and slow: it is the definition. `vector` is the
same on NumPy arrays, bit for bit.
"""
