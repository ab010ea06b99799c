package io.ringward.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

/** What the running Cassandra was started with: /proc/pid/cmdline, argument files (`java @file`) read as the launcher does. */
final class ProcessArguments {
    private final List<String> arguments;

    private ProcessArguments(List<String> arguments) {
        this.arguments = arguments;
    }

    /** @param pid null for a process that does not run: then there are none */
    static ProcessArguments of(Long pid) {
        List<String> all = new ArrayList<String>();
        if (pid == null) return new ProcessArguments(all);
        try {
            String line = new String(Files.readAllBytes(Paths.get("/proc/" + pid + "/cmdline")), StandardCharsets.UTF_8);
            Path folder = Files.readSymbolicLink(Paths.get("/proc/" + pid + "/cwd"));
            for (String argument : line.split("\0")) {
                if (argument.startsWith("@") && argument.length() > 1) all.addAll(read(folder.resolve(argument.substring(1))));
                else all.add(argument);
            }
        } catch (IOException | RuntimeException e) {
            // A process that ended meanwhile, or a file that is gone: what was read so far is all there is to know.
            return new ProcessArguments(all);
        }
        return new ProcessArguments(all);
    }

    /** Value of the last `-D<name>=…`, as the JVM takes it; null when there is none. */
    String property(String name) {
        String prefix = "-D" + name + "=";
        String found = null;
        for (String argument : arguments) if (argument.startsWith(prefix)) found = argument.substring(prefix.length());
        return found;
    }

    /** The launcher's grammar: words apart by white space, quotes around, backslash escapes inside quotes, `#` comments. */
    private static List<String> read(Path file) throws IOException {
        String text = new String(Durable.read(file), StandardCharsets.UTF_8);
        List<String> words = new ArrayList<String>();
        StringBuilder word = null;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                if (c == quote) quote = 0;
                else if (c == '\\' && i + 1 < text.length()) word.append(text.charAt(++i));
                else word.append(c);
            } else if (Character.isWhitespace(c)) {
                if (word != null) words.add(word.toString());
                word = null;
            } else if (c == '#' && word == null) {
                while (i + 1 < text.length() && text.charAt(i + 1) != '\n') i++;
            } else {
                if (word == null) word = new StringBuilder();
                if (c == '"' || c == '\'') quote = c;
                else word.append(c);
            }
        }
        if (word != null) words.add(word.toString());
        return words;
    }
}
