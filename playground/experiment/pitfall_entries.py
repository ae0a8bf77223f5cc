"""The pitfalls: what each does, why and when it does harm, and how to see it."""

from __future__ import annotations

from playground.experiment.entries import Catalog, PitfallEntry

_TWO_MODES = frozenset({"dropout", "batch_norm"})

PITFALLS = Catalog(
    "pitfall",
    [
        PitfallEntry(
            "softmax_twice",
            "Softmax before cross-entropy",
            "The network ends in a softmax, and cross-entropy applies another one.",
            "Cross-entropy expects logits. Of probabilities between 0 and 1 even a perfect answer "
            "leaves a large loss, and the gradients are small.",
            "With 10 classes the loss never falls below 1.46, however good the accuracy is.",
            "Much with plain SGD and few epochs, where small gradients mean small steps. Adam "
            "scales its steps: after 20 epochs the accuracy is about one point lower.",
        ),
        PitfallEntry(
            "sorted",
            "Never shuffled, sorted by class",
            "Every epoch shows all images of class 0 first, then all of class 1, and so on.",
            "Each batch pulls towards one class, so the network forgets the classes before it.",
            "Within an epoch the batch losses fall and jump up at each new class; at first half "
            "of the validation images or more get one and the same answer.",
            "Much with large steps and few epochs. With small steps and many epochs hardly any: a "
            "step then undoes little of what the steps before it have learned.",
        ),
        PitfallEntry(
            "eval_mode",
            "Left in eval mode",
            "model.train() is not called again after the first evaluation.",
            "Dropout is off and batch norm keeps the statistics of the first epoch while the "
            "weights move on.",
            "From the second epoch on the training curve looks different: with dropout it "
            "overfits, with batch norm the loss may jump.",
            "Much with batch norm and large steps, which only batch norm makes possible. Hardly "
            "any with little dropout; none in a single epoch, or without these layers.",
            _TWO_MODES,
        ),
        PitfallEntry(
            "not_zeroed",
            "Gradients not zeroed",
            "optimizer.zero_grad() is missing, so every batch adds to the gradients before it.",
            "A step then follows the sum of all gradients so far: it overshoots and swings.",
            "Under More charts, the gradient norm grows to many times what it was, and the loss "
            "swings or explodes; with Adam it takes a few epochs to show.",
            "Much with momentum or a large learning rate. None in the first two epochs of Adam "
            "with a small one: the sum then works like a momentum. Later the accuracy falls.",
        ),
        PitfallEntry(
            "validated_in_train_mode",
            "Validation in train mode",
            "model.eval() is missing before the validation.",
            "Dropout switches units off while you measure, and batch norm takes its statistics "
            "from the validation images, and keeps them.",
            "Validation is worse, or changes, though the weights are the same. With dropout, "
            "training accuracy is far above it where it is measured after the epoch, and level "
            "with it where it is a running one.",
            "Much with strong dropout, though the network itself is as good as ever. Hardly any "
            "with batch norm and large batches of well mixed images.",
            _TWO_MODES,
        ),
        PitfallEntry(
            "raw_pixels",
            "No normalization",
            "Pixels go in as 0 to 255 instead of around zero, whatever the setting says.",
            "Large inputs make large gradients, and all of one sign: a learning rate that fits "
            "normalized pixels is far too large.",
            "The first losses are in the tens or hundreds instead of about ln(classes), 2.3 for "
            "ten; only batch norm close to the input hides it.",
            "Much with SGD at a rate that fits normalized pixels. Adam recovers and stays two or "
            "three points behind; batch norm after the first layer leaves next to nothing of it.",
        ),
        PitfallEntry(
            "leaked",
            "Validation images leaked into training",
            "The validation images are also among the training images.",
            "Validation then measures memory: on new images the network is far worse.",
            "Where the network overfits, as in the recipe Shapes, overfitting, validation rises "
            "with training, and the sealed test set of the Lab page tells the truth. There are "
            "more training images than there should be.",
            "Much where a large network learns its images by heart. Little in the first epochs, or "
            "where there is hardly any overfitting: validation then is as good as the test.",
        ),
        PitfallEntry(
            "shuffled_labels",
            "Shuffled labels",
            "The labels of the training images are dealt out at random.",
            "Nothing links image and label any more: all that can be learned is by heart.",
            "Validation stays near chance level. Training accuracy rises: slowly in a small "
            "network, up to nearly all in a large one that is trained for long.",
            "Always, with every network and every setting.",
        ),
        PitfallEntry(
            "noisy_labels",
            "20 % label noise",
            "One training label in five is replaced by a wrong one.",
            "The network is punished for right answers, and in time learns the wrong ones by "
            "heart.",
            "At first training accuracy is below validation accuracy and below 80 %; with many "
            "epochs a large network comes to nearly all, while validation gets worse.",
            "Much where a large network trains for long on few images. Little in a short training "
            "with many images: what most labels say is learned first.",
        ),
        PitfallEntry(
            "rate_times_100",
            "Learning rate × 100",
            "The optimizer takes a hundred times the learning rate that the sidebar shows.",
            "Each step is far too long: it overshoots the minimum that it should approach.",
            "The loss jumps up in the first batches; then it swings, explodes, or settles at about "
            "ln(classes), 2.3 for ten, where the network guesses. A small one with Adam may "
            "recover.",
            "Much where the learning rate was right. None where it was a hundred times too small: "
            "the run is then better with the pitfall than without.",
        ),
        PitfallEntry(
            "unseparated",
            "Validation never separated",
            "No images are kept apart: validation measures the very images that are trained on.",
            "It cannot show overfitting, so every choice made by it favours learning by heart.",
            "Validation is as good as training however long it goes on, and there are as many "
            "validation images as training images.",
            "Much where a large network learns its images by heart. Little in the first epochs, "
            "before it overfits: it then knows other images as well as these.",
        ),
    ],
)
