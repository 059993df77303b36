"""The report beside the images: writing, saving, signing, printing."""
