package io.ringward.node;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a person asked the offline kit for: a verb and its options, checked before anything is looked at. */
final class KitOptions {
    static final List<String> VERBS = Arrays.asList("status", "backups", "plan", "roll-back", "prove", "resume", "undo", "help");
    /** Refusals that a person may overrule, each by its word. */
    static final List<String> MAY_BE_OVERRULED = Arrays.asList("not-before", "peers", "others-down");

    final String verb;
    /** Null for the newest. */
    String backup;
    /** `hot` or `restart`; null leaves it to the plan. */
    String way;
    /** Without it nothing is changed. */
    boolean yes;
    boolean json;
    /** Paths that may be overwritten though a person changed them. */
    final Set<String> overwrite = new LinkedHashSet<String>();
    final Set<String> despite = new LinkedHashSet<String>();

    private KitOptions(String verb) {
        this.verb = verb;
    }

    /** @throws StepFailure ARGUMENT_INVALID that names the argument */
    static KitOptions parse(List<String> arguments) throws StepFailure {
        if (arguments.isEmpty()) throw invalid("a verb is missing");
        String verb = arguments.get(0).equals("--help") || arguments.get(0).equals("-h") ? "help" : arguments.get(0);
        if (!VERBS.contains(verb)) throw invalid("'" + StepFailure.oneLine(verb) + "' is none of " + VERBS);
        KitOptions options = new KitOptions(verb);
        for (Iterator<String> rest = arguments.subList(1, arguments.size()).iterator(); rest.hasNext(); ) options.take(rest.next(), rest);
        return options;
    }

    private void take(String argument, Iterator<String> rest) throws StepFailure {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        switch (name) {
            case "--json": json = true; return;
            case "--yes": yes = true; return;
            case "--hot":
            case "--restart":
                if (way != null && !name.equals("--" + way)) throw invalid("--hot and --restart exclude each other");
                way = name.substring(2);
                return;
            case "--backup": backup = value(argument, equals, rest); return;
            case "--overwrite": overwrite.add(value(argument, equals, rest)); return;
            case "--despite":
                String word = value(argument, equals, rest);
                if (!MAY_BE_OVERRULED.contains(word)) throw invalid("--despite takes one of " + MAY_BE_OVERRULED + ", not '" + StepFailure.oneLine(word) + "'");
                despite.add(word);
                return;
            default: throw invalid("'" + StepFailure.oneLine(argument) + "' is no option of kit");
        }
    }

    /** The arguments that carry out what was just shown. */
    String doingIt(String planned) {
        StringBuilder arguments = new StringBuilder(verb.equals("plan") ? "roll-back" : verb);
        if (!verb.equals("undo")) arguments.append(" --backup ").append(Shell.quoted(planned));
        if (way != null) arguments.append(" --").append(way);
        for (String path : overwrite) arguments.append(" --overwrite ").append(Shell.quoted(path));
        for (String word : despite) arguments.append(" --despite ").append(word);
        return arguments.append(" --yes").toString();
    }

    private static String value(String argument, int equals, Iterator<String> rest) throws StepFailure {
        if (equals >= 0) return argument.substring(equals + 1);
        if (!rest.hasNext()) throw invalid(argument + " needs a value");
        return rest.next();
    }

    private static StepFailure invalid(String message) {
        return new StepFailure("ARGUMENT_INVALID", message, "kit help lists every verb and option.");
    }
}
