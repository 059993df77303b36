"""pydicom and pixels to domain values: header, character sets, pixel decoding, encapsulation."""
