"""The pages: the only package that imports Streamlit. It draws; what it draws comes from others."""
