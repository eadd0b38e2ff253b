"""Kernels that run what students wrote, in a jail: see `jail.Jail`."""
