"""Operations while what they need fails: nothing lost, nothing done twice, nothing stuck."""
