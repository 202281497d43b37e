"""A sweep is not resumed in the store of another: every changed setting is refused, and named.

Protocol: a store holds a sweep that uses every kind of setting, and half of it is finished. Then one thing is changed,
and the sweep is called again: a value on each axis, each constant, number and table, the data, what a function of the
user's own computes, versions, the library's source, device, processor. The error must name the field and tell the old
value and the new one; nothing may be trained, and no byte of the store changed. After that, axes are extended: earlier
results must stay, bit for bit, and all results must be as if they had been trained at once in memory.

    python -m experiments survival.changed                  # every fourth setting
    python -m experiments survival.changed --preset full    # 35 s

Outputs: changed, grown; table.csv has a row per change.
"""
