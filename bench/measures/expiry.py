"""x"""
NAME="expiry"
