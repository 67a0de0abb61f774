"""The commands, one module each; command.py reads only the one that was asked for."""
