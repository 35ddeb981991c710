package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The JSON of the doctor. */
class DoctorCommandTest {
    @Test
    void numbersThatAreNotFiniteAreWrittenAsText() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("a", Double.NaN);
        facts.put("b", Map.of("c", Double.POSITIVE_INFINITY));
        facts.put("d", Float.NEGATIVE_INFINITY);
        facts.put("e", 0.25);
        facts.put("f", 3);
        assertThat(DoctorCommand.json(facts)).isEqualTo("""
                {
                  "a": "NaN",
                  "b": {
                    "c": "Infinity"
                  },
                  "d": "-Infinity",
                  "e": 0.25,
                  "f": 3
                }""");
    }
}
