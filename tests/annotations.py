"""How the tests check annotations by running."""

from beartype import beartype


def check(function):
    """A function that checks what its annotations say of it, once for each function of a module.

    A function inside another is made anew at every call, and so would its check be: that took a sixth of the time of
    the tests of the engine. Those are left unchecked.
    """
    return function if "<locals>" in function.__qualname__ else beartype(function)
