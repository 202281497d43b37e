"""Deep networks have about as many linear regions as wide ones of as many neurons, far fewer than they could.

A ReLU network is affine on each of its regions. They are counted exactly, by following breakpoints through the layers
(see `nnjax.regions`, which defines activation regions and affine regions):
- along whole lines, of untrained networks: biases drawn and zero, lines through the origin and off it. Hanin & Rolnick
  find about as many pieces as neurons, whatever the depth;
- in squares, where they find about N^2 / 2;
- of networks that are written down: the most pieces there can be on a line, prod (n_l + 1), and Montufar's network in
  the plane;
- while networks of equal numbers of neurons learn two spirals, or learn random labels, not all of which they learn.

Sources: Montufar, Pascanu, Cho & Bengio 2014; Serra, Tjandraatmadja & Ramalingam 2018; Hanin & Rolnick 2019a,
Complexity of linear regions in deep networks, and 2019b, Deep ReLU networks have surprisingly few activation patterns.

Protocol of training: Adam, batches of 64 of 256 rows, He's weights, biases N(0, 0.25) or zero. The rate is tuned for
every shape, task and start on other seeds and other draws of the rows. Networks of a task share one draw of its rows,
so intervals hold for other starts.

    python -m experiments wide_versus_deep.regions                  # 6 s
    python -m experiments wide_versus_deep.regions --preset full    # 101 s on 2 cores

Outputs: tilings, growth, maxima, training, learning (an animation); table.csv has a row per kind of network.
"""
