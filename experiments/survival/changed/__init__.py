"""A sweep does not resume in the store of another sweep: every changed setting is refused and named.

Protocol: a store holds a sweep that uses every kind of setting, and half of it is finished. Then one thing is changed,
and the sweep is called again: a value on each axis, each constant, number and table, the data, what a user's function
computes, versions, the library's source, the device, the processor. The error must name the field with its old and its
new value; nothing may be trained, and no byte of the store may change. After that, axes are extended: earlier results
must stay, bit for bit, and all results must equal those of a sweep that is trained at once in memory.

    python -m experiments survival.changed                  # every fourth setting
    python -m experiments survival.changed --preset full    # 35 s

Outputs: changed, grown; table.csv has a row per change and per extension.
"""
