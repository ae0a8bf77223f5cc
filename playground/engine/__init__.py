"""Everything that needs torch: images, networks, the training loop. No Streamlit here."""
