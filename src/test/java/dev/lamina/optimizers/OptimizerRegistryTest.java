package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.CosineDecay;
import dev.lamina.schedules.InverseTimeDecay;
import dev.lamina.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Optimizers as data: Keras's names and configs, and what a config must not hold. */
final class OptimizerRegistryTest {
    private static Optimizer read(String className, Object... pairs) {
        return Optimizers.deserialize(Config.entries("class_name", className, "config", Config.entries(pairs)));
    }

    @Test
    void itsTextIsItsConfig() {
        Optimizer sgd = SGD.of().learningRate(0.001).momentum(0.9).build();
        String text =
                "SGD{name=sgd, learning_rate=0.001, use_ema=false, ema_momentum=0.99, momentum=0.9, nesterov=false}";
        assertThat(sgd).hasToString(text);
        sgd.close();
        assertThat(sgd).hasToString("SGD{name=sgd}");
    }

    @Test
    void everyOptimizerComesBackFromItsConfig() {
        List<OptimizerBuilder<?, ?>> builders = List.of(
                SGD.of().learningRate(0.5).momentum(0.9).nesterov(true).clipNorm(1),
                RMSprop.of().rho(0.8).momentum(0.1).epsilon(1e-3).centered(true).clipValue(2),
                Adam.of().beta1(0.8).beta2(0.9).epsilon(1e-3).amsgrad(true).globalClipNorm(3),
                AdamW.of().weightDecay(0.1).learningRate(new CosineDecay(0.1, 7, 0.5).warmUp(1, 2)),
                Adagrad.of().initialAccumulatorValue(0.5).epsilon(1e-3).name("mine"),
                Adadelta.of()
                        .rho(0.7)
                        .epsilon(1e-3)
                        .useEma(true)
                        .emaMomentum(0.9)
                        .emaOverwriteFrequency(5),
                Adamax.of().beta1(0.8).beta2(0.9).epsilon(1e-3).gradientAccumulationSteps(4),
                Nadam.of().beta1(0.8).beta2(0.9).epsilon(1e-3).lossScaleFactor(8),
                Ftrl.of().learningRatePower(-0.4).initialAccumulatorValue(0.2).l1RegularizationStrength(0.3),
                Lion.of().beta1(0.8).beta2(0.9),
                Adafactor.of()
                        .beta2Decay(-0.5)
                        .epsilon1(1e-20)
                        .epsilon2(1e-2)
                        .clipThreshold(2)
                        .relativeStep(false),
                Lamb.of().beta1(0.8).beta2(0.9).epsilon(1e-3),
                Muon.of()
                        .adamBetas(0.8, 0.9)
                        .momentum(0.9, false)
                        .newtonSchulzSteps(3)
                        .coefficients(3, -4, 2)
                        .rmsRate(OptionalDouble.empty())
                        .adamWeightDecay(OptionalDouble.empty())
                        .adamRateFactor(0.1)
                        .excludeEmbeddings(false)
                        .excludeLayers("head"));
        for (OptimizerBuilder<?, ?> builder : builders) {
            try (Optimizer optimizer = builder.build()) {
                Map<String, Object> data = Optimizers.serialize(optimizer);
                assertThat(data.keySet()).containsExactly("module", "class_name", "config", "registered_name");
                try (Optimizer again = Optimizers.deserialize(data)) {
                    assertThat(again).hasSameClassAs(optimizer);
                    assertThat(again.config()).isEqualTo(optimizer.config());
                }
            }
        }
    }

    @Test
    void anEmptyConfigMeansKerasDefaults() {
        for (String name : List.of(
                "SGD",
                "RMSprop",
                "Adam",
                "AdamW",
                "Adagrad",
                "Adadelta",
                "Adamax",
                "Nadam",
                "Ftrl",
                "Lion",
                "Adafactor",
                "Lamb",
                "Muon")) {
            try (Optimizer byName = Optimizers.of(name.toLowerCase(Locale.ROOT));
                    Optimizer byConfig = read(name)) {
                assertThat(byConfig.config()).as(name).isEqualTo(byName.config());
            }
        }
        try (Optimizer adamW = Optimizers.of("adamw")) {
            assertThat(adamW.config()).containsEntry("weight_decay", 0.004).containsEntry("name", "adam_w");
        }
    }

    @Test
    void kerasTwoWroteDecayAndLr() {
        try (Optimizer optimizer = read("SGD", "lr", 0.5, "decay", 0.25, "is_legacy_optimizer", false)) {
            assertThat(optimizer.schedule()).contains(new InverseTimeDecay(0.5, 1, 0.25));
        }
        try (Optimizer optimizer = read("Adam", "learning_rate", 0.5, "decay", 0.0, "jit_compile", true)) {
            assertThat(optimizer.learningRate()).isEqualTo(0.5);
        }
    }

    @Test
    void oneOfYourOwnIsASmallClass() {
        Optimizers.register("SignDescent", SignDescent::new);
        try (Optimizer optimizer = Optimizers.of("sign_descent")) {
            assertThat(optimizer.learningRate()).isEqualTo(0.25);
            assertThat(optimizer.config()).containsEntry("name", "sign_descent").containsEntry("use_ema", false);
            try (Optimizer again = Optimizers.deserialize(Optimizers.serialize(optimizer))) {
                assertThat(again).isInstanceOf(SignDescent.class);
            }
        }
    }

    private static final class SignDescent extends Optimizer {
        private SignDescent(Config config) {
            super(Optimizers.options(OptimizerOptions.of("sign_descent", 0.25), config));
        }

        @Override
        protected Update prepare(Tensor rate) {
            return (weight, gradient) -> weight.assign(Ops.subtract(weight, Ops.multiply(Ops.sign(gradient), rate)));
        }
    }

    @Test
    void whatIsUnknownIsNamed() {
        assertThatThrownBy(() -> Optimizers.of("adamm"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "[optimizer] expected a registered optimizer; received \"adamm\". Did you mean ")
                .hasMessageContaining("adam or ");
        assertThatThrownBy(() -> read("ScheduleFreeAdamW"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(
                        "[optimizer] expected a registered optimizer; received \"ScheduleFreeAdamW\". Known: [");
        assertThatThrownBy(() -> read("Adam", "beta_3", 0.5))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[Adam] expected a config without \"beta_3\", which is not supported here; received 0.5.");
        assertThatThrownBy(() -> read("Adam", "beta_1", "high"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[Adam] expected a number for \"beta_1\"; received high in {");
        assertThatThrownBy(() -> read("SGD", "momentum", 7))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageEndingWith("[sgd] expected momentum from 0 to 1; received 7.0.");
        Map<String, Object> schedule = new HashMap<>(Map.of("class_name", "StepDecay", "config", Map.of()));
        assertThatThrownBy(() -> read("SGD", "learning_rate", schedule))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[schedule] expected a registered schedule; received \"StepDecay\".");
    }
}
