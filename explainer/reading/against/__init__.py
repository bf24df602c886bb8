"""What a text gives as figures, reasons and certainty, held against the advice that it is about."""
