"""The journey through the whole product, played in its real windows; a module for each chapter."""
