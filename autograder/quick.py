"""Import this before anything that reads notebooks: each process starts a second earlier."""

import sys

# jsonschema imports it, where it is there, to check addresses of a kind that no schema of a notebook has. Its grammar
# takes a second to build.
sys.modules.setdefault("rfc3987_syntax", None)
