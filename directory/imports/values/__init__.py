"""From the text of a cell to a value: what people and spreadsheets write, read or refused."""
