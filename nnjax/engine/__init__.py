"""The engine behind `nnjax.sweep`: private. Users find all they need in `nnjax`; what is here may change at any time.

A sweep passes through these modules in this order: `request` (what was asked for, checked), `plan` (programs and
blocks), `jobs`, `local` or `remote` (who trains), `train` (blocks, by the compiled functions of `programs`), `dataset`
(labels). `store` keeps what is finished on disk.
"""
