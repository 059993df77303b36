"""What takes too long for the tests: kills, strangers, mutants, soak."""
