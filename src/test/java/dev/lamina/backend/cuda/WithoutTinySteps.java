package dev.lamina.backend.cuda;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets a test class run without the steps of tiny networks in one launch, whose sums have an order of their own: steps
 * together then give the bits of steps one by one.
 */
public final class WithoutTinySteps implements BeforeAllCallback, AfterAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
        System.setProperty(TinySteps.PROPERTY, "off");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        System.clearProperty(TinySteps.PROPERTY);
    }
}
