package dev.lamina.backend.cuda;

/**
 * Where the operands of one product lie on the device.
 *
 * @param bias the bias, or where its gradient goes
 */
record LtOperands(long a, long b, long c, long bias) {}
