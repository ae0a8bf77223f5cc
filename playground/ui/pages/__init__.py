"""One file for each page; each is run by Streamlit as a script."""
