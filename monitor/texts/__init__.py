"""Bytes and strings as sites write them: decoded, dated, told by language, made readable and safe."""
