"""Sample data and the journey that plays the whole product by itself."""
