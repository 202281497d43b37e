"""Deep networks have about as many linear regions as wide ones of as many neurons, far fewer than they could.

A ReLU network is affine on each of its regions. They are counted exactly, by following breakpoints through the layers
(see `nnjax.theory.regions`, which defines activation regions and affine regions):
- in untrained networks, along whole lines through the origin and off it, with random and with zero biases. Hanin &
  Rolnick find about as many pieces as neurons, whatever the depth;
- in untrained networks, in squares, where they find about N^2 / 2 regions for N neurons;
- in networks that are written down: one with the most possible pieces on a line, prod (n_l + 1), and Montufar's
  network in the plane;
- while networks with equal numbers of neurons learn two spirals, or random labels (not all of which they learn).

Sources: Montufar, Pascanu, Cho & Bengio 2014; Serra, Tjandraatmadja & Ramalingam 2018; Hanin & Rolnick 2019a,
Complexity of linear regions in deep networks, and 2019b, Deep ReLU networks have surprisingly few activation patterns.

Protocol of training: Adam, 256 rows in batches of 64, He's weights, biases N(0, 0.25) or zero. The rate is tuned for
every shape, task and start on other seeds and other draws of the rows. Networks of a task share one draw of its rows,
so intervals hold for other starts.

    python -m experiments wide_versus_deep.regions                  # 6 s
    python -m experiments wide_versus_deep.regions --preset full    # 5 minutes on 2 cores

Outputs: tilings, growth, maxima, training, learning (an animation); table.csv has a row per kind of network.
"""
