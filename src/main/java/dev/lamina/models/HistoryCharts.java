package dev.lamina.models;

import java.awt.AWTError;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The charts of {@link HistoryPlot}: the one class that needs XChart and java.desktop. */
final class HistoryCharts {
    static final Color TRAINING = new Color(0x1f77b4);
    static final Color VALIDATION = new Color(0xd95f02);
    private static final String PREFIX = "val_";
    private static final int COLUMNS = 2;

    private HistoryCharts() {}

    static byte[] png(History history) {
        List<XYChart> charts = new ArrayList<>();
        for (String metric : metrics(history)) {
            charts.add(chart(history, metric));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(sideBySide(charts), "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // bytes are written to memory
        } catch (AWTError e) {
            throw new IllegalStateException(
                    "[history plot] expected a screen that can be reached, or none; received " + e.getMessage()
                            + ". Start Java with -Djava.awt.headless=true.",
                    e);
        }
        return bytes.toByteArray();
    }

    private static BufferedImage sideBySide(List<XYChart> charts) {
        int columns = Math.min(COLUMNS, charts.size());
        int rows = (charts.size() + columns - 1) / columns;
        BufferedImage image =
                new BufferedImage(columns * HistoryPlot.WIDTH, rows * HistoryPlot.HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        for (int i = 0; i < charts.size(); i++) {
            graphics.drawImage(
                    BitmapEncoder.getBufferedImage(charts.get(i)),
                    i % columns * HistoryPlot.WIDTH,
                    i / columns * HistoryPlot.HEIGHT,
                    null);
        }
        graphics.dispose();
        return image;
    }

    /** Each metric once, with or without validation. */
    private static Set<String> metrics(History history) {
        Set<String> metrics = new LinkedHashSet<>();
        for (String name : history.values().keySet()) {
            boolean validates = name.startsWith(PREFIX);
            metrics.add(validates ? name.substring(PREFIX.length()) : name);
        }
        return metrics;
    }

    private static XYChart chart(History history, String metric) {
        XYChart chart = new XYChartBuilder()
                .width(HistoryPlot.WIDTH)
                .height(HistoryPlot.HEIGHT)
                .title(metric)
                .xAxisTitle("epoch")
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setXAxisDecimalPattern("0");
        add(chart, history, metric, "training", TRAINING);
        add(chart, history, PREFIX + metric, "validation", VALIDATION);
        return chart;
    }

    private static void add(XYChart chart, History history, String name, String label, Color color) {
        if (!history.values().containsKey(name)) {
            return;
        }
        double[] epochs =
                history.epochs(name).stream().mapToDouble(epoch -> epoch + 1).toArray();
        double[] values = history.get(name).stream()
                .mapToDouble(value -> Double.isInfinite(value) ? Double.NaN : value)
                .toArray();
        XYSeries series = chart.addSeries(label, epochs, values);
        series.setLineColor(color);
        series.setMarkerColor(color);
        series.setMarker(SeriesMarkers.CIRCLE);
    }
}
