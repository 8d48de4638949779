"""The five functions by MPFR, correctly rounded to binary32."""

from __future__ import annotations

import gmpy2

from pinpoint.binary32.reference import from_float, to_float

FUNCTIONS = {
    "exp": gmpy2.exp,
    "log": gmpy2.log,
    "rsqrt": gmpy2.rec_sqrt,
    "tanh": gmpy2.tanh,
    "erf": gmpy2.erf,
}


def rounded(function: str, a: int) -> int:
    """The pattern nearest to the function of a pattern that is neither zero, infinite nor NaN."""
    with gmpy2.context(gmpy2.ieee(32)):
        return from_float(float(FUNCTIONS[function](gmpy2.mpfr(to_float(a)))))


def exact(function: str, value: float, bits: int) -> gmpy2.mpfr:
    """The function of a float64, to this many bits."""
    with gmpy2.context(precision=bits):
        return FUNCTIONS[function](gmpy2.mpfr(value))
