package dev.lamina.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a choice by its name; the error for another name lists the allowed ones. */
abstract class NameConverter<T extends Named> implements ITypeConverter<T> {
    private final List<T> choices;

    @SafeVarargs
    @SuppressWarnings("varargs")
    NameConverter(T... choices) {
        this.choices = List.of(choices);
    }

    @Override
    public final T convert(String value) {
        return choices.stream()
                .filter(choice -> choice.label().equals(value.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("expected one of "
                        + choices.stream().map(Named::label).collect(Collectors.joining(", ")) + "; received '" + value
                        + "'"));
    }
}
