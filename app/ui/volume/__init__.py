"""MPR and volume rendering: three planes and a volume of one series, in four panes."""
