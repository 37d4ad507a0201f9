"""Text: the normalized form that search and look-alikes compare, and the pinyin of Chinese characters."""
