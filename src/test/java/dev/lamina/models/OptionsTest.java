package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.LambdaCallback;
import org.junit.jupiter.api.Test;

/** The options of fit and evaluate. */
final class OptionsTest {
    private final Callback first = LambdaCallback.of().build();
    private final Callback second = LambdaCallback.of().build();
    private final Callback third = LambdaCallback.of().build();

    @Test
    void callbacksAreKeptInTheOrderTheyWereAdded() {
        assertThat(FitOptions.DEFAULT.callback(first).callbacks(second, third).callbacks())
                .containsExactly(first, second, third);
        assertThat(EvaluateOptions.DEFAULT
                        .callback(first)
                        .callbacks(second, third)
                        .callbacks())
                .containsExactly(first, second, third);
    }
}
