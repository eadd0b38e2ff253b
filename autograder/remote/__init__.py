"""A check on this side, the student's answer on the other: values, modules and gradients between two processes."""
