package observability.logs.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;

/**
 * Measures the lines a second and the cost of each stage, for `make bench`. Reads lines as RedactLines does; writes
 * "name TAB threads TAB lines a second TAB microseconds of processor time for a line" for each measurement: the second
 * figure holds on a busy machine as well. Arguments: job.json, key-file, seconds for each.
 */
public final class Measure {
    private static final long WARM_UP_MS = 4_000;
    private static final ThreadMXBean PROCESSOR = ManagementFactory.getThreadMXBean();

    private final List<RawLine> lines;
    private final long millis;

    private Measure(List<RawLine> lines, long millis) {
        this.lines = lines;
        this.millis = millis;
    }

    public static void main(String[] arguments) throws Exception {
        List<RawLine> lines = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] parts = line.split("\t", -1);
                byte[] value = Base64.getDecoder().decode(parts[2]);
                lines.add(new RawLine(parts[0], 0, lines.size(), Long.parseLong(parts[1]), value));
            }
        }
        byte[] rules = Files.readAllBytes(Path.of(arguments[0]));
        byte[] key = KeyedHash.key(Path.of(arguments[1]));
        new Measure(lines, Long.parseLong(arguments[2]) * 1_000).all(rules, key);
    }

    private void all(byte[] rules, byte[] key) throws Exception {
        Supplier<Consumer<RawLine>> whole = () -> new LineProcessor(Job.of(rules), key, Places.none())::process;
        // One thread first: what the JVM compiles then, the two find ready.
        report("whole", 1, whole);
        report("whole", 2, whole);
        report("check UTF-8", 1, () -> raw -> Utf8.isValid(raw.value()));
        report("tokenise", 1, () -> tokens(Json.forLines()));
        report("look for patterns", 1, () -> patterns(rules));
        report("hash one id", 1, () -> {
            KeyedHash hash = new KeyedHash(key);
            return raw -> hash.of("user", raw.topic());
        });
        report("compress the line", 1, () -> Measure::compress);
    }

    private static Consumer<RawLine> tokens(JsonFactory factory) {
        return raw -> {
            try (JsonParser parser = factory.createParser(raw.value())) {
                while (parser.nextToken() != null) {
                    // tokens alone are measured
                }
            } catch (IOException broken) {
                // a bad line costs what it costs
            }
        };
    }

    private static Consumer<RawLine> patterns(byte[] rules) {
        Prefilter prefilter = new Prefilter(
                Json.maps(Json.read(rules), "patterns").stream().map(one -> Json.text(one, "expression")).toList());
        return raw -> prefilter.candidates(new String(raw.value(), StandardCharsets.ISO_8859_1));
    }

    private static void compress(RawLine raw) {
        try (GZIPOutputStream out = new GZIPOutputStream(new ByteArrayOutputStream())) {
            out.write(raw.value());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void report(String name, int threads, Supplier<Consumer<RawLine>> made) throws InterruptedException {
        run(threads, made, WARM_UP_MS);
        double[] found = run(threads, made, millis);
        System.out.printf(Locale.ROOT, "%s\t%d\t%.0f\t%.3f%n", name, threads, found[0], found[1]);
    }

    private double[] run(int threads, Supplier<Consumer<RawLine>> made, long time) throws InterruptedException {
        long[] counts = new long[threads];
        long[] worked = new long[threads];
        Thread[] running = new Thread[threads];
        long started = System.nanoTime();
        for (int i = 0; i < threads; i++) {
            int own = i;
            running[i] = new Thread(() -> {
                Consumer<RawLine> consumer = made.get();
                long before = PROCESSOR.getCurrentThreadCpuTime();
                counts[own] = loop(consumer, time);
                worked[own] = PROCESSOR.getCurrentThreadCpuTime() - before;
            });
            running[i].start();
        }
        for (Thread each : running) {
            each.join();
        }
        double elapsed = System.nanoTime() - started;
        long sum = Arrays.stream(counts).sum();
        return new double[] {sum * 1e9 / elapsed, Arrays.stream(worked).sum() / 1e3 / sum};
    }

    private long loop(Consumer<RawLine> consumer, long time) {
        long until = System.nanoTime() + time * 1_000_000;
        long done = 0;
        while (System.nanoTime() < until) {
            for (RawLine line : lines) {
                consumer.accept(line);
            }
            done += lines.size();
        }
        return done;
    }
}
