package io.ringward.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Typed reading of a JSON object's fields; every error names the field by its path. */
final class Fields {
    /** Path of this object with a trailing dot, empty for the outermost. */
    final String in;
    private final Map<String, Object> json;

    Fields(String in, Map<String, Object> json) {
        this.in = in;
        this.json = json;
    }

    Map<String, Object> json() {
        return json;
    }

    boolean has(String name) {
        return json.get(name) != null;
    }

    Set<String> names() {
        return json.keySet();
    }

    private Object needed(String name) throws StepFailure {
        Object value = json.get(name);
        if (value == null) throw StepFailure.field(in + name, "is missing");
        return value;
    }

    String text(String name) throws StepFailure {
        Object value = needed(name);
        if (!(value instanceof String) || ((String) value).isEmpty()) throw StepFailure.field(in + name, "must be a text");
        return (String) value;
    }

    /** A text that may become part of a file name or an argument: letters, digits, `.`, `_`, `-`, `@`, first a letter or digit. */
    String name(String name) throws StepFailure {
        String value = text(name);
        boolean good = value.length() <= 128 && Character.isLetterOrDigit(value.charAt(0));
        for (int i = 0; good && i < value.length(); i++) {
            char c = value.charAt(i);
            good = c < 128 && (Character.isLetterOrDigit(c) || "._-@".indexOf(c) >= 0);
        }
        if (!good) throw StepFailure.field(in + name, "'" + StepFailure.oneLine(value) + "' has other characters than letters, digits, '.', '_', '-', or is too long");
        return value;
    }

    String path(String name) throws StepFailure {
        String value = text(name);
        if (!value.startsWith("/") || value.indexOf('\0') >= 0 || value.indexOf('\n') >= 0 || (value + "/").contains("/../")) {
            throw StepFailure.field(in + name, "'" + StepFailure.oneLine(value) + "' is not an absolute path without '..'");
        }
        return value;
    }

    String sha256(String name) throws StepFailure {
        String value = text(name);
        if (!Hashes.isSha256(value)) throw StepFailure.field(in + name, "must be 64 lower-case hex digits");
        return value;
    }

    byte[] base64(String name) throws StepFailure {
        try {
            return Hashes.fromBase64(text(name));
        } catch (IllegalArgumentException e) {
            throw StepFailure.field(in + name, "is not base64");
        }
    }

    byte[] base64url(String name) throws StepFailure {
        try {
            return Hashes.fromBase64url(text(name));
        } catch (IllegalArgumentException e) {
            throw StepFailure.field(in + name, "is not base64url");
        }
    }

    long integer(String name, long least, long most) throws StepFailure {
        Object value = needed(name);
        if (!(value instanceof Long) || (Long) value < least || (Long) value > most) throw StepFailure.field(in + name, "must be a whole number from " + least + " to " + most);
        return (Long) value;
    }

    int port(String name) throws StepFailure {
        return (int) integer(name, 1, 65535);
    }

    @SuppressWarnings("unchecked")
    Fields object(String name) throws StepFailure {
        Object value = needed(name);
        if (!(value instanceof Map)) throw StepFailure.field(in + name, "must be an object");
        return new Fields(in + name + ".", (Map<String, Object>) value);
    }

    @SuppressWarnings("unchecked")
    List<Fields> objects(String name) throws StepFailure {
        List<Fields> list = new ArrayList<Fields>();
        for (Object item : list(name)) {
            String at = in + name + "." + list.size();
            if (!(item instanceof Map)) throw StepFailure.field(at, "must be an object");
            list.add(new Fields(at + ".", (Map<String, Object>) item));
        }
        return list;
    }

    List<String> texts(String name) throws StepFailure {
        List<String> list = new ArrayList<String>();
        for (Object item : list(name)) {
            if (!(item instanceof String)) throw StepFailure.field(in + name + "." + list.size(), "must be a text");
            list.add((String) item);
        }
        return list;
    }

    private List<?> list(String name) throws StepFailure {
        Object value = needed(name);
        if (!(value instanceof List)) throw StepFailure.field(in + name, "must be a list");
        return (List<?>) value;
    }
}
