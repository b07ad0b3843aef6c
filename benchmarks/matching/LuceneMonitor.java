import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorConfiguration;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/**
 * Workload JAW-1 in Lucene Monitor. Arguments: the workload's folder, how many filters, how many postings, how many more to warm
 * up with, and the file for the answers. A line of it is the nanoseconds that a posting took, a tab, and the ids. What is printed
 * is progress; the last line of it says how many seconds loading took.
 *
 * Of the presearchers it has, two passes over terms weighted by their rarity left the fewest queries to run (three for two that
 * match) and were the fastest; three passes found hardly fewer.
 */
public final class LuceneMonitor {
    private static final int PASSES = 2;
    private static final int BATCH = 20_000;

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        int measured = Integer.parseInt(arguments[2]);
        List<String[]> postings = postings(folder, measured + Integer.parseInt(arguments[3]));
        long started = System.nanoTime();
        try (Monitor monitor = monitor(postings)) {
            load(monitor, folder, Integer.parseInt(arguments[1]));
            double seconds = (System.nanoTime() - started) / 1e9;
            for (String[] posting : postings.subList(measured, postings.size())) {
                monitor.match(document(posting), QueryMatch.SIMPLE_MATCHER);
            }
            try (PrintWriter answers = new PrintWriter(Files.newBufferedWriter(Path.of(arguments[4])))) {
                for (String[] posting : postings.subList(0, measured)) {
                    answers.println(answer(monitor, document(posting)));
                }
            }
            System.out.println(seconds);
        }
    }

    private static String answer(Monitor monitor, Document document) throws IOException {
        long started = System.nanoTime();
        var matches = monitor.match(document, QueryMatch.SIMPLE_MATCHER).getMatches();
        long taken = System.nanoTime() - started;
        return taken + "\t" + matches.stream().map(QueryMatch::getQueryId).collect(Collectors.joining(" "));
    }

    private static Monitor monitor(List<String[]> postings) throws IOException {
        Map<String, Integer> occurrences = new HashMap<>();
        for (String[] posting : postings) {
            for (String column : posting) {
                for (String word : column.split(" ")) {
                    occurrences.merge(word, 1, Integer::sum);
                }
            }
        }
        TermWeightor rarity = term -> 1.0 / (1 + occurrences.getOrDefault(term.bytes().utf8ToString(), 0));
        var presearcher = new MultipassTermFilteredPresearcher(PASSES, 0, rarity, List.of(), Set.of());
        var configuration = new MonitorConfiguration();
        configuration.setQueryUpdateBufferSize(BATCH);
        configuration.setPurgeFrequency(1, TimeUnit.DAYS); // nothing is removed, and a purge would stop the matching
        return new Monitor(new WhitespaceAnalyzer(), presearcher, configuration);
    }

    private static void load(Monitor monitor, Path folder, int count) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(folder.resolve("filters.tsv"))) {
            List<MonitorQuery> batch = new ArrayList<>(BATCH);
            for (int number = 1; number <= count; number++) {
                String[] columns = lines.readLine().split("\t", -1);
                batch.add(new MonitorQuery(columns[0], query(columns)));
                if (batch.size() == BATCH || number == count) {
                    monitor.register(batch);
                    batch.clear();
                }
                if (number % 100_000 == 0) {
                    System.out.printf("Lucene Monitor has %,d filters%n", number);
                }
            }
        }
    }

    private static Query query(String[] columns) {
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        for (String keyword : columns[1].split(" ")) {
            query.add(term("text", keyword), Occur.FILTER);
        }
        if (!columns[2].isEmpty()) {
            query.add(term("text", columns[2]), Occur.MUST_NOT);
        }
        Map<String, String> fields = Map.of("visa", columns[3], "place", columns[4], "employment", columns[5], "company", columns[8]);
        fields.forEach((field, value) -> {
            if (!value.equals("-1")) {
                query.add(term(field, value), Occur.FILTER);
            }
        });
        if (columns[6].equals("1")) {
            query.add(term("remote", "1"), Occur.FILTER);
        }
        if (!columns[7].equals("0")) {
            query.add(IntPoint.newRangeQuery("pay", Integer.parseInt(columns[7]), Integer.MAX_VALUE), Occur.FILTER);
        }
        return query.build();
    }

    private static Query term(String field, String value) {
        return new TermQuery(new Term(field, value));
    }

    private static Document document(String[] columns) {
        Document document = new Document();
        document.add(new TextField("text", columns[1], Store.NO));
        document.add(new TextField("visa", columns[2], Store.NO));
        document.add(new TextField("place", columns[3], Store.NO));
        document.add(new StringField("employment", columns[4], Store.NO));
        document.add(new StringField("remote", columns[5], Store.NO));
        document.add(new IntPoint("pay", Integer.parseInt(columns[6])));
        document.add(new StringField("company", columns[7], Store.NO));
        return document;
    }

    private static List<String[]> postings(Path folder, int count) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(folder.resolve("postings.tsv"))) {
            return lines.lines().limit(count).map(line -> line.split("\t", -1)).toList();
        }
    }
}
