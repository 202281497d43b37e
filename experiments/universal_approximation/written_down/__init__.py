"""Networks that are written down, not trained, approximate a function as closely as one likes, at predicted rates.

For each of twelve functions the hidden layer is made, by hand, of one of these:
- step units that cut the interval into bumps of equal width (the error falls as 1/N),
- sigmoid units whose gain rises with N, which are steps in the limit (Cybenko 1989),
- ReLU units that draw straight lines between points of the function, at equal distances (1/N^2), or dense where the
  function bends: so that each piece has the same share of the integral of |f''|^(2/5) (de Boor 1973),
- ReLU units on the same dense knots, with the heights that are best in L2. As N grows their error tends to that of the
  best free pieces, (integral |f''|^(2/5))^(5/2) / (sqrt(720) N^2) (Burchard & Hale 1975). No ReLU network of N units
  can beat the best N + 1 pieces themselves, whose error may lie below this.

Errors are exact: the outputs of `nnjax.mlp` are integrated from knot to knot, in float64 and in float32. A jump, and a
kink on which no knot lies, cost more, and how much more is predicted as well. The largest error at a jump does not fall
at all, since the theorem is about continuous functions. In float32 rounding takes over in the end, at an N that is
measured; in float64 it does so at no N of those tried.

Sources: Cybenko 1989; Hornik, Stinchcombe & White 1989; de Boor 1973; Burchard & Hale 1975.

    python -m experiments universal_approximation.written_down                  # 7 s
    python -m experiments universal_approximation.written_down --preset full    # 75 s on 2 cores

Outputs: constructions, errors, slopes, gain, rounding; table.csv has a row per target and construction, with its errors
at five N (data.nc has them at all N, in both precisions).
"""
