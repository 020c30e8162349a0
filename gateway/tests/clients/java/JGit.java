import java.io.File;
import org.eclipse.jgit.api.CloneCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.RemoteRefUpdate.Status;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/** JGit, by its porcelain. */
class JGit {
    static final CredentialsProvider TOKEN =
            new UsernamePasswordCredentialsProvider("bot", System.getenv().getOrDefault("TOKEN", ""));

    public static void main(String[] words) throws Exception {
        switch (words[0]) {
            case "version" -> System.out.println(Repository.class.getPackage().getImplementationVersion());
            case "clone" -> clone(words[1], words[2]).call().close();
            case "shallow" -> clone(words[1], words[2]).setDepth(1).call().close();
            case "fetch" -> copy().fetch().setCredentialsProvider(TOKEN).call();
            case "push" -> {
                copy().add().addFilepattern(words[1]).call();
                copy().commit().setMessage(words[1]).setAuthor("bot", "bot@x.invalid")
                        .setCommitter("bot", "bot@x.invalid").setSign(false).call();
                push("HEAD:" + words[2]);
            }
            case "tag" -> {
                copy().tag().setName(words[1]).setAnnotated(false).setSigned(false).call();
                push("refs/tags/" + words[1]);
            }
            case "delete" -> push(":" + words[1]);
        }
    }

    static Git copy() throws Exception {
        return Git.open(new File("copy"));
    }

    static CloneCommand clone(String directory, String branch) {
        return Git.cloneRepository().setURI(System.getenv("REMOTE")).setDirectory(new File(directory))
                .setBranch(branch).setCredentialsProvider(TOKEN);
    }

    /** Pushes, and fails where the server says that a ref was not taken. */
    static void push(String refspec) throws Exception {
        var push = copy().push().setRemote("origin").setRefSpecs(new RefSpec(refspec)).setCredentialsProvider(TOKEN);
        for (PushResult result : push.call()) {
            System.err.print(result.getMessages());
            for (RemoteRefUpdate update : result.getRemoteUpdates()) {
                if (update.getStatus() != Status.OK) {
                    System.err.println(update.getStatus() + " " + update.getMessage());
                    System.exit(1);
                }
            }
        }
    }
}
